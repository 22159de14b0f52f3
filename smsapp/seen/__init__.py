"""What the product shows of itself to those who run it: is it up, what does it do, what is stuck."""
