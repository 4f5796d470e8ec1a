"""What is refused at deploy, with the element named."""
