"""The single operations on numbers that make up an equation, in the order in which a person does them."""
