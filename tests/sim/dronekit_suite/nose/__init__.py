"""What dronekit's tests use of nose."""
