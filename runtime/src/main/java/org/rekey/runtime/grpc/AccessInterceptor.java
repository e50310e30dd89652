package org.rekey.runtime.grpc;

import com.google.protobuf.Descriptors;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import org.rekey.proto.options.v1.Options;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets a call through only if its caller may make it; only health and reflection, which say
/// nothing of tokens or keys, are open to any service.
final class AccessInterceptor implements ServerInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(AccessInterceptor.class);
  private static final Set<String> OPEN_SERVICES =
      Set.of("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection");

  private final BiPredicate<MethodDescriptor<?, ?>, Caller> rule;

  private AccessInterceptor(BiPredicate<MethodDescriptor<?, ?>, Caller> rule) {
    this.rule = rule;
  }

  /// Those whom the contract names (`rekey.options.v1.access`). A method without the option is
  /// refused for everyone.
  static AccessInterceptor byContract() {
    Map<MethodDescriptor<?, ?>, Set<String>> allowed = new ConcurrentHashMap<>();
    return new AccessInterceptor(
        (method, caller) ->
            allowed.computeIfAbsent(method, AccessInterceptor::callers).contains(caller.name()));
  }

  /// Those with one of these names; empty: anyone.
  static AccessInterceptor byName(Optional<Set<String>> names) {
    return new AccessInterceptor(
        (_, caller) -> names.map(some -> some.contains(caller.name())).orElse(true));
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    Caller caller = call.getAttributes().get(Caller.ATTRIBUTE);
    if (caller == null || !mayCall(method, caller)) {
      String name = caller == null ? "" : caller.name();
      LOG.atWarn()
          .addKeyValue("caller", name)
          .addKeyValue("method", method.getFullMethodName())
          .log("refused a caller that may not make this call");
      call.close(
          Status.PERMISSION_DENIED.withDescription(
              "caller \"" + name + "\" may not call " + method.getFullMethodName()),
          new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(
        Context.current().withValue(Caller.CONTEXT, caller), call, headers, next);
  }

  private boolean mayCall(MethodDescriptor<?, ?> method, Caller caller) {
    String service = method.getServiceName();
    if (service != null && OPEN_SERVICES.contains(service)) {
      return true;
    }
    return rule.test(method, caller);
  }

  private static Set<String> callers(MethodDescriptor<?, ?> method) {
    if (method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier supplier) {
      Descriptors.MethodDescriptor described = supplier.getMethodDescriptor();
      return Set.copyOf(described.getOptions().getExtension(Options.access).getCallersList());
    }
    return Set.of();
  }
}
