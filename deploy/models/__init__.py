"""The models that may be served: what their folders may hold, and the register of them."""
