"""Arrays and weights under the names that other libraries give them."""
