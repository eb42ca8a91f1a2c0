"""What tests of coded sound share, here and in the services: sound, encoders, a second opinion."""
