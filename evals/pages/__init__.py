"""What people look at: reports, comparisons, leaderboards, and the pages of the app that list them."""
