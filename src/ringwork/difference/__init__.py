"""What a change of a contract means to those who call it: found part by part, judged by direction and ring."""
