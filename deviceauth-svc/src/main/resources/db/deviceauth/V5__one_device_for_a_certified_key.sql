-- Whoever comes with a certificate is asked whether its key is that of another device.
CREATE INDEX auth_set_by_key_alone ON auth_set (sha256(public_key));
