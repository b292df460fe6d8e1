"""The inspect stage: drives are looked through before training, and checks judge them."""
