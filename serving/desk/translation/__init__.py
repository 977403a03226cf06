"""What does a page or a file of ours say in another language?"""
