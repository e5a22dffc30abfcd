"""What comes in and goes out, by resource."""
