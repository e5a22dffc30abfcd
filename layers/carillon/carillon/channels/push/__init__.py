"""Push by Amazon SNS: what is sent, and the form that each platform takes."""
