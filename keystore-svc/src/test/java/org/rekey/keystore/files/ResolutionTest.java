package org.rekey.keystore.files;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.KeyPair;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.key.PemKeys;
import org.rekey.keystore.key.SigningKey;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.Journal;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.log.NewEvent;
import org.rekey.pkcs11.Passphrase;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.testkit.KeyFiles;
import org.rekey.verifier.map.Purpose;
import org.rekey.verifier.map.Withdrawal;

class ResolutionTest {
  private static final SigningKey ONE = key();
  private static final SigningKey OTHER = key();

  @TempDir Path home;
  private KeyHistory history;

  @BeforeEach
  void open() {
    history =
        KeyHistory.open(
            new InMemory(),
            LogSigner.read(
                "LOG_KEY",
                KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519()))),
            InstantSource.system());
  }

  @Test
  void refusesBothOfTwoNewFilesForOneKid() {
    var resolution = resolve(file(7, "a.pem", ONE), file(7, "b.pem", OTHER));

    assertThat(resolution.keys()).isEmpty();
    assertThat(resolution.findings())
        .extracting(Finding::rule)
        .containsExactly(Rule.DUPLICATE_ID, Rule.DUPLICATE_ID);
    assertThat(resolution.findings().getFirst().message()).contains("/keys/b.pem");
    assertThat(resolution.findings().getLast().message()).contains("/keys/a.pem");
  }

  @Test
  void keepsTheFileThatAKidMeansWhateverComesBesideIt() {
    announce("useradm", 7, OTHER);

    var resolution = resolve(file(7, "a.pem", ONE), file(7, "b.pem", OTHER));

    assertThat(resolution.keys()).containsOnly(Map.entry(7L, file(7, "b.pem", OTHER)));
    assertThat(resolution.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.rule()).isEqualTo(Rule.DUPLICATE_ID);
              assertThat(finding.file()).isEqualTo(Path.of("/keys/a.pem"));
            });
  }

  @Test
  void keepsTheFileThatWasLoadedFirstWhenTheSameKeyIsThereTwice() {
    announce("useradm", 7, ONE);
    var loaded = Map.of(7L, file(7, "b.pem", ONE));

    var resolution =
        Resolution.of(
            "useradm",
            List.of(file(7, "a.pem", ONE), file(7, "b.pem", ONE)),
            history.map(),
            loaded);

    assertThat(resolution.keys()).isEqualTo(loaded);
    assertThat(resolution.findings())
        .singleElement()
        .extracting(Finding::severity)
        .isEqualTo(Finding.Severity.NOTE);
  }

  @Test
  void refusesAnotherKeyForAKidThatWasEverUsed() {
    announce("useradm", 7, ONE);
    retire(7, Withdrawal.FILE_REMOVED);

    assertThat(rules(resolve(file(7, "a.pem", OTHER)))).containsExactly(Rule.ID_TAKEN);
  }

  @Test
  void refusesTheSameKeyUnderASecondKidTheHigherOneIfBothAreNew() {
    var resolution = resolve(file(8, "b.pem", ONE), file(7, "a.pem", ONE));

    assertThat(resolution.keys()).containsOnlyKeys(7L);
    assertThat(rules(resolution)).containsExactly(Rule.SAME_KEY);
  }

  @Test
  void doesNotLetARetiredKeyComeBackUnderANewKid() {
    announce("useradm", 7, ONE);
    retire(7, Withdrawal.COMMAND);

    assertThat(rules(resolve(file(8, "a.pem", ONE)))).containsExactly(Rule.SAME_KEY);
  }

  @Test
  void ignoresAKeyThatWasRetiredByCommandAndTakesBackOneWhoseFileWasRemoved() {
    announce("useradm", 7, ONE);
    announce("useradm", 8, OTHER);
    retire(7, Withdrawal.COMMAND);
    retire(8, Withdrawal.FILE_REMOVED);

    var resolution = resolve(file(7, "a.pem", ONE), file(8, "b.pem", OTHER));

    assertThat(resolution.keys()).containsOnlyKeys(8L);
    assertThat(rules(resolution)).containsExactly(Rule.RETIRED);
  }

  @Test
  void notesAKeyThatTwoRingsShare() {
    announce("deviceauth", 0, ONE);

    var resolution = resolve(file(7, "a.pem", ONE));

    assertThat(resolution.keys()).containsOnlyKeys(7L);
    assertThat(rules(resolution)).containsExactly(Rule.SHARED_KEY);
  }

  private Resolution resolve(KeyFile... files) {
    return Resolution.of("useradm", List.of(files), history.map(), Map.of());
  }

  private static List<Rule> rules(Resolution resolution) {
    return resolution.findings().stream().map(Finding::rule).toList();
  }

  private void announce(String ring, long kid, SigningKey key) {
    append(
        ring,
        kid,
        new KeyChange.Added(
            key.publicKey(),
            key.alg(),
            key.thumbprint(),
            "issuer",
            Purpose.ofRing(ring).orElseThrow()));
  }

  private void retire(long kid, Withdrawal cause) {
    append("useradm", kid, new KeyChange.Retired(cause, null, null, false));
  }

  private void append(String ring, long kid, KeyChange change) {
    history.append(_ -> Optional.of(new NewEvent(ring, kid, new Author("test", "", ""), change)));
  }

  private static KeyFile file(long kid, String name, SigningKey key) {
    return new KeyFile(kid, Path.of("/keys", name), key);
  }

  private static SigningKey key() {
    KeyPair pair = KeyFiles.ed25519();
    return ((PemKeys.Usable)
            PemKeys.parse(KeyFiles.pkcs8(pair).getBytes(US_ASCII), Passphrase.none()))
        .key();
  }

  private static final class InMemory implements Journal {
    private final List<SignedKeyEvent> events = new ArrayList<>();

    @Override
    public List<SignedKeyEvent> after(long epoch) {
      return List.copyOf(events.subList((int) epoch, events.size()));
    }

    @Override
    public boolean append(long epoch, SignedKeyEvent event) {
      return events.add(event);
    }
  }
}
