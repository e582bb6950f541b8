"""What the command line can have done, here or in the running server: one file per subject.

An operation is an async generator: it yields `Progress` while it works and one `Result` at
its end. Arguments and results are plain JSON values, so both travel over the local socket.
"""
