"""Push by Amazon SNS: the sender, the payload for each platform and the errors of SNS."""
