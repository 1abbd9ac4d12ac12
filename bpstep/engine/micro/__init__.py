"""The single operations on numbers that an equation comes to, in the order in which a person does them."""
