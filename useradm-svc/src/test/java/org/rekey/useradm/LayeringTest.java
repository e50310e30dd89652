package org.rekey.useradm;

import org.junit.jupiter.api.Test;
import org.rekey.testkit.ServiceLayers;

class LayeringTest {
  private static final ServiceLayers LAYERS = new ServiceLayers("org.rekey.useradm", "Useradm");

  @Test
  void theDomainKnowsNoWireAndNoSql() {
    LAYERS.theDomainKnowsNoWireAndNoSql("password");
  }

  @Test
  void adaptersKnowNothingOfEachOther() {
    LAYERS.adaptersKnowNothingOfEachOther("org\\.rekey\\.proto\\.auth\\..*");
  }

  @Test
  void timeAndIdsAreGivenByTheServer() {
    LAYERS.timeAndIdsAreGivenByTheServer();
  }
}
