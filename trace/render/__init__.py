"""What people hold in their hands: codes and labels. Pure functions from data to bytes or text."""
