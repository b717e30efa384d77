"""What an author implements, one file a kind: device, protocol, broker, backend, network, profile, reward, observer, scenario."""
