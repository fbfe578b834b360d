"""What is measured, and the scripts that make the sample documents."""
