"""Contract tests: classes that the real part and its fake both inherit."""
