"""Trains vectors, evaluates them and leaves everything in one folder.

jaxw2v train
jaxw2v train corpus=file corpus.path=TEXT eval.similarity=[PAIRS] windows.window=2
jaxw2v train -m negatives.k=2,5,15 seed=1,2,3
jaxw2v train sweep=exponent launcher=joblib
"""

from jaxw2v.launch import compose
from jaxw2v.launch.train import train

main = compose.main(train)
