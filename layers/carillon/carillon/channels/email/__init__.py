"""Email by Amazon SES: the sender, the request, the errors of SES and the templates."""
