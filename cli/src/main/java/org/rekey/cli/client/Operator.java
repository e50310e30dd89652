package org.rekey.cli.client;

import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.rekey.cli.CommandFailed;
import org.rekey.cli.local.DataDirectory;
import org.rekey.cli.local.RunFile;
import org.rekey.proto.auth.v1.TokenHoldersGrpc;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.proto.keystore.v1.SignerGrpc;
import org.rekey.proto.keystore.v1.Verifier;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.TakeoverGrpc;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.tls.ServiceCredentials;

/// The operator's calls to the instance that runs on a data directory, over mutual TLS with the
/// certificate that lies there.
public final class Operator implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 15;
  private static final long MAKING_SECONDS = 105;
  private static final long BATCH_DEADLINE_SECONDS = 60;
  private static final long STREAM_DEADLINE_SECONDS = 3_600;

  private final RunFile run;
  private final DataDirectory data;
  private final List<ManagedChannel> channels = new ArrayList<>();

  private Operator(RunFile run, DataDirectory data) {
    this.run = run;
    this.data = data;
  }

  /// @throws CommandFailed when no instance runs there
  public static Operator of(Path directory) {
    DataDirectory data = new DataDirectory(directory);
    return new Operator(
        RunFile.read(data)
            .orElseThrow(
                () ->
                    new CommandFailed(
                        "%s: no instance runs there (start one: ./rekey up --data %s)"
                            .formatted(data, directory))),
        data);
  }

  public RunFile run() {
    return run;
  }

  public KeyAdminGrpc.KeyAdminBlockingStub keys() {
    return keys(0);
  }

  /// For making a key: finding primes for a large RSA key is a matter of luck, and takes ten
  /// seconds and more on a small machine that has other work.
  public KeyAdminGrpc.KeyAdminBlockingStub keysToMake() {
    return keys(MAKING_SECONDS);
  }

  /// For a call that the other end may hold for a while.
  public KeyAdminGrpc.KeyAdminBlockingStub keys(long furtherSeconds) {
    return KeyAdminGrpc.newBlockingStub(channel("keystore"))
        .withDeadlineAfter(DEADLINE_SECONDS + furtherSeconds, TimeUnit.SECONDS);
  }

  public SignerGrpc.SignerBlockingStub signer() {
    return SignerGrpc.newBlockingStub(channel("keystore"))
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  UsersGrpc.UsersBlockingStub users() {
    return UsersGrpc.newBlockingStub(channel("useradm"))
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  PersonalAccessTokensGrpc.PersonalAccessTokensBlockingStub tokens() {
    return PersonalAccessTokensGrpc.newBlockingStub(channel("useradm"))
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  public TakeoverGrpc.TakeoverBlockingStub takeover() {
    return TakeoverGrpc.newBlockingStub(channel("useradm"))
        .withDeadlineAfter(BATCH_DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  public Accounts accounts() {
    return new Accounts(this);
  }

  public Fleet fleet() {
    return new Fleet(
        () ->
            DevicesGrpc.newBlockingStub(channel("deviceauth"))
                .withDeadlineAfter(BATCH_DEADLINE_SECONDS, TimeUnit.SECONDS));
  }

  public Holders holders() {
    return new Holders(this);
  }

  TokenHoldersGrpc.TokenHoldersBlockingStub holders(String issuer) {
    return TokenHoldersGrpc.newBlockingStub(channel(issuer))
        .withDeadlineAfter(STREAM_DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  /// The key log as it is stored, unchecked, event after event.
  public Iterator<SignedKeyEvent> events() {
    return KeyLogGrpc.newBlockingStub(channel("keystore"))
        .withDeadlineAfter(STREAM_DEADLINE_SECONDS, TimeUnit.SECONDS)
        .read(ReadRequest.getDefaultInstance());
  }

  /// The key that this instance's events must be signed with.
  public Path logKey() {
    return data.logKey();
  }

  /// The whole key log, every event checked.
  public VerifiedLog log() {
    var log =
        KeyLogGrpc.newBlockingStub(channel("keystore"))
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    return VerifiedLog.read(log, data.logKey());
  }

  /// The verifiers that have reported, each with the kid map that it holds.
  public List<VerifierMap> verifiers() {
    // Reports first: a log read later is never shorter than what they acknowledge.
    List<Verifier> reported =
        keys().listVerifiers(ListVerifiersRequest.getDefaultInstance()).getVerifiersList();
    VerifiedLog log = log();
    return reported.stream().map(each -> VerifierMap.of(each, log)).toList();
  }

  private synchronized ManagedChannel channel(String service) {
    for (ManagedChannel channel : channels) {
      if (channel.authority().equals(service)) {
        return channel;
      }
    }
    String target = run.grpc().getOrDefault(service, "");
    ManagedChannel channel =
        Channels.open(target, service, new ServiceCredentials(data.operator()));
    channels.add(channel);
    return channel;
  }

  @Override
  public synchronized void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
