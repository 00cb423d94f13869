"""tests: small stories through the front door. Start with school.py, the cast.

A folder per room; speed/ and fuzz/ are run by hand (their READMEs say how).
"""
