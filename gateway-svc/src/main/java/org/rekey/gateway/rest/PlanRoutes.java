package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.rekey.gateway.http.Answers;

/// Plans, because clients ask for them. There is one, Mender's open-source plan, and everybody has
/// it.
final class PlanRoutes {
  static final PageLimits LIMITS = new PageLimits(20, 500);
  private static final List<String> FEATURES =
      List.of(
          "rbac",
          "audit_logs",
          "dynamic_groups",
          "terminal",
          "file_transfer",
          "configuration",
          "monitoring",
          "reporting");
  private static final List<ObjectNode> PLANS = List.of(plan());

  private static ObjectNode plan() {
    ObjectNode plan = JsonNodeFactory.instance.objectNode();
    plan.put("name", "Mender_Open_Source");
    plan.put("display_name", "Mender");
    ObjectNode features = plan.putObject("features");
    FEATURES.forEach(feature -> features.put(feature, feature.equals("configuration")));
    return plan;
  }

  void list(Call call) throws BadRequest {
    QueryString query = call.query();
    Page page = Page.of(query, LIMITS);
    ArrayNode plans = JsonNodeFactory.instance.arrayNode().addAll(page.of(PLANS));
    call.scope()
        .response()
        .putHeader("Link", page.links(call.path().path(), query, page.hasNext(PLANS.size())));
    Answers.json(call.scope(), 200, Buffer.buffer(plans.toString()));
  }

  void binding(Call call) {
    ObjectNode binding = JsonNodeFactory.instance.objectNode();
    binding.set("plan", PLANS.getFirst());
    Answers.json(call.scope(), 200, Buffer.buffer(binding.toString()));
  }
}
