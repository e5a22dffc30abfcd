"""Email by Amazon SES: what is sent, what its errors mean, and the templates."""
