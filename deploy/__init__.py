"""What an operator touches: settings, the terminal, the local socket, the doctor, the demo."""
