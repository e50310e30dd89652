package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.rekey.e2e.platform.Client;

/// The ways in which an owner ends a device's token.
enum DeviceEnding {
  REJECTED {
    @Override
    void happen(DeviceOwner owner, Client client, DeviceMember member, String token) {
      owner.set(member.id(), member.authSetId(), "rejected");
    }
  },
  SET_BACK_TO_PENDING {
    @Override
    void happen(DeviceOwner owner, Client client, DeviceMember member, String token) {
      owner.set(member.id(), member.authSetId(), "pending");
    }
  },
  DECOMMISSIONED {
    @Override
    void happen(DeviceOwner owner, Client client, DeviceMember member, String token) {
      owner.decommission(member.id());
    }
  },
  ANOTHER_KEY_ACCEPTED {
    @Override
    void happen(DeviceOwner owner, Client client, DeviceMember member, String token) {
      DeviceStandIn another = member.device().withNewKey();
      assertThat(client.send(another.request(client)).statusCode()).isEqualTo(401);
      owner.set(member.id(), owner.authSetOf(member, another), "accepted");
    }
  },
  AUTH_SET_DELETED {
    @Override
    void happen(DeviceOwner owner, Client client, DeviceMember member, String token) {
      owner.deleteAuthSet(member.id(), member.authSetId());
    }
  },
  REVOKED_BY_ITS_ID {
    @Override
    void happen(DeviceOwner owner, Client client, DeviceMember member, String token) {
      owner.revoke(Tokens.claims(token).path("jti").asText());
    }
  },
  REVOKED_BY_ITS_AUTH_SET {
    @Override
    void happen(DeviceOwner owner, Client client, DeviceMember member, String token) {
      owner.revoke(member.authSetId());
    }
  };

  /// Returns when the owner has been told that it is done.
  abstract void happen(DeviceOwner owner, Client client, DeviceMember member, String token);
}
