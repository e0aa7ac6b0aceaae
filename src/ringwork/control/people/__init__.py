"""People who operate this control plane, and machines that do: who they are, and what they may do now.

A provider's people are known by its issuer and subject; without a provider they have accounts here, by invitation.
"""
