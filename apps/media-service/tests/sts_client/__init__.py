"""Tests of the STS room, and a hostile speech service (`sts_client.hostile`) for the tests of other rooms."""
