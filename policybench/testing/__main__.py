"""``python -m policybench.testing`` prints the page that explains the checks."""

from policybench.testing.explanations import page

if __name__ == "__main__":
    print(page(), end="")
