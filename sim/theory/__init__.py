"""What theory says of a network before anything is drawn."""
