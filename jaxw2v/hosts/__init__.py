"""Several processes that train one run together: how they find each other, what they tell each other, how they end."""
