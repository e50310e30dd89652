package org.rekey.runtime.grpc;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rekey.runtime.config.HostPort;

/// Resolves `replicas:///host:port,host:port` to all addresses of all hosts, which gRPC's own
/// resolvers cannot: theirs take one host. Names are looked up again whenever gRPC asks, which it
/// does after every lost connection.
final class ReplicaResolver extends NameResolver {
  static final String SCHEME = "replicas";

  private final List<HostPort> targets;
  private Listener2 listener = new NoListener();

  private ReplicaResolver(List<HostPort> targets) {
    this.targets = targets;
  }

  static String uri(String target) {
    return SCHEME + ":///" + target;
  }

  @Override
  public String getServiceAuthority() {
    return targets.getFirst().host();
  }

  @Override
  public void start(Listener2 listener) {
    this.listener = listener;
    resolve();
  }

  @Override
  public void refresh() {
    resolve();
  }

  @Override
  public void shutdown() {}

  private void resolve() {
    List<EquivalentAddressGroup> groups = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (HostPort target : targets) {
      try {
        for (InetAddress address : InetAddress.getAllByName(target.host())) {
          groups.add(new EquivalentAddressGroup(new InetSocketAddress(address, target.port())));
        }
      } catch (UnknownHostException e) {
        unknown.add(target.host());
      }
    }
    if (groups.isEmpty()) {
      listener.onResult2(
          ResolutionResult.newBuilder()
              .setAddressesOrError(
                  StatusOr.fromStatus(
                      Status.UNAVAILABLE.withDescription("unknown host: " + unknown)))
              .build());
    } else {
      listener.onResult2(
          ResolutionResult.newBuilder()
              .setAddressesOrError(StatusOr.fromValue(List.copyOf(groups)))
              .build());
    }
  }

  /// Made known to gRPC once, by [Channels].
  static final class Provider extends NameResolverProvider {
    @Override
    public NameResolver newNameResolver(URI uri, NameResolver.Args args) {
      String list = uri.getPath().substring(1);
      return new ReplicaResolver(Arrays.stream(list.split(",")).map(HostPort::of).toList());
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    /// Below gRPC's own (5): a target without a scheme is theirs.
    @Override
    protected int priority() {
      return 0;
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }
  }

  private static final class NoListener extends Listener2 {
    @Override
    public void onResult(ResolutionResult result) {}

    @Override
    public void onError(Status error) {}
  }
}
