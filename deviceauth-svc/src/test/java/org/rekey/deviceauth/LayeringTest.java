package org.rekey.deviceauth;

import org.junit.jupiter.api.Test;
import org.rekey.testkit.ServiceLayers;

class LayeringTest {
  private static final ServiceLayers LAYERS =
      new ServiceLayers("org.rekey.deviceauth", "Deviceauth");

  @Test
  void theDomainKnowsNoWireAndNoSql() {
    LAYERS.theDomainKnowsNoWireAndNoSql("key");
  }

  @Test
  void adaptersKnowNothingOfEachOther() {
    LAYERS.adaptersKnowNothingOfEachOther(
        "org\\.rekey\\.proto\\.(auth\\.|deviceauth\\.v1\\.DeviceEvent).*");
  }

  @Test
  void timeAndIdsAreGivenByTheServer() {
    LAYERS.timeAndIdsAreGivenByTheServer();
  }
}
