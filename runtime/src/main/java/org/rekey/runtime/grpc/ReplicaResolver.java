package org.rekey.runtime.grpc;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.rekey.runtime.config.HostPort;

/// Resolves `replicas:///host:port,host:port` to all addresses of all hosts, which gRPC's own
/// resolvers cannot: theirs take one host. Names are looked up again whenever gRPC asks, which it
/// does after every lost connection.
///
/// gRPC calls this in the channel's synchronization context, and that may be run by an event loop
/// which serves others: so names are looked up elsewhere, and only what was found comes back there.
/// All fields belong to that context.
final class ReplicaResolver extends NameResolver {
  static final String SCHEME = "replicas";

  /// For channels that have no executor for this. A look-up holds its thread within native code:
  /// with virtual threads, it would hold one of the few that carry them all.
  private static final Executor OWN =
      Executors.newThreadPerTaskExecutor(
          Thread.ofPlatform().daemon().name("resolve-", 0).factory());

  /// How a name becomes addresses.
  interface Lookup {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final List<HostPort> targets;
  private final Lookup lookup;
  private final Executor elsewhere;
  private final SynchronizationContext context;
  private Listener2 listener = new NoListener();
  private boolean isResolving;
  private boolean isShutDown;

  ReplicaResolver(List<HostPort> targets, Lookup lookup, NameResolver.Args args) {
    this.targets = targets;
    this.lookup = lookup;
    this.elsewhere = Objects.requireNonNullElse(args.getOffloadExecutor(), OWN);
    this.context = args.getSynchronizationContext();
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
  public void shutdown() {
    isShutDown = true;
  }

  /// Asked while an answer is waited for, it is that answer: slow DNS gets no second question.
  private void resolve() {
    if (isResolving || isShutDown) {
      return;
    }
    isResolving = true;
    elsewhere.execute(
        () -> {
          StatusOr<List<EquivalentAddressGroup>> found = found();
          context.execute(() -> tell(found));
        });
  }

  private void tell(StatusOr<List<EquivalentAddressGroup>> found) {
    isResolving = false;
    if (!isShutDown) {
      listener.onResult2(ResolutionResult.newBuilder().setAddressesOrError(found).build());
    }
  }

  private StatusOr<List<EquivalentAddressGroup>> found() {
    List<EquivalentAddressGroup> groups = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (HostPort target : targets) {
      try {
        for (InetAddress address : lookup.addresses(target.host())) {
          groups.add(new EquivalentAddressGroup(new InetSocketAddress(address, target.port())));
        }
      } catch (UnknownHostException | RuntimeException e) {
        // Whatever goes wrong, there is an answer: without one, nobody would ask again.
        unknown.add(target.host());
      }
    }
    return groups.isEmpty()
        ? StatusOr.fromStatus(Status.UNAVAILABLE.withDescription("unknown host: " + unknown))
        : StatusOr.fromValue(List.copyOf(groups));
  }

  /// Made known to gRPC once, by [Channels].
  static final class Provider extends NameResolverProvider {
    @Override
    public NameResolver newNameResolver(URI uri, NameResolver.Args args) {
      String list = uri.getPath().substring(1);
      return new ReplicaResolver(
          Arrays.stream(list.split(",")).map(HostPort::of).toList(),
          InetAddress::getAllByName,
          args);
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
