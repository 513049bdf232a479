"""What every page behind the sign-in shares: who is signed in, forms, answers, headers."""
