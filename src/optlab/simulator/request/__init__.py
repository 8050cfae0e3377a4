"""A request read and checked: its shape, its blocks in order, its marks, its tokens, the rules of its model."""
