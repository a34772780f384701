"""What `train { }` may say: tables of data sets, losses, optimizers and initialisations. See the README in this folder."""
