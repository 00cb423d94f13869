"""fuzz: odd inputs by the hundred thousand, made from good ones. By hand, not in the test suite.

In:    a seed and a number of runs.   Out: a line per finding, its input in a folder, exit code 1.
Never: is collected by pytest, or does anything another time than the seed says.
Start with documents.py: a trial makes inputs and checks them; hunt.py runs any trial.
"""
