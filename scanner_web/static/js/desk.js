// On every page behind the sign-in.
