package org.rekey.bench.devices;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.rekey.bench.load.Progress;

/// All that may happen to a device, to many of them at once, over HTTPS. Each answer is compared
/// with the one that it has to be.
final class MixedLife {
  private static final int AT_ONCE = 32;
  private static final int POLLS = 5;
  private static final int NO_CONTENT = 204;
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;

  private final Gateway gateway;
  private final Owner owner;
  private final Ledger ledger = new Ledger(Step.TEXTS);

  private enum Step {
    ENROL("a new device asks: 401"),
    ACCEPT("its owner accepts it: 204"),
    ASK("it asks: a token"),
    POLL("it polls: 204"),
    LOST("it polls with a token that was damaged: 401"),
    ASK_AGAIN("it asks again: another token"),
    POLL_BOTH("it polls with either token: 204"),
    ASK_THIRD("it asks once more: a third token"),
    POLL_FIRST("it polls with the first token: 401"),
    REJECT("its owner rejects it: 204"),
    POLL_REJECTED("it polls: 401"),
    ASK_REJECTED("it asks: 401"),
    ACCEPT_AGAIN("its owner accepts it again: 204"),
    ASK_ACCEPTED("it asks: a token again"),
    POLL_ACCEPTED("it polls with that: 204"),
    DECOMMISSION("its owner decommissions it: 204"),
    POLL_GONE("it polls, decommissioned: 401"),
    ASK_GONE("it asks, as a new device: 401");

    private static final List<String> TEXTS =
        List.of(values()).stream().map(step -> step.text).toList();

    private final String text;

    Step(String text) {
      this.text = text;
    }
  }

  MixedLife(Gateway gateway, Owner owner) {
    this.gateway = gateway;
    this.owner = owner;
  }

  Ledger live(List<Device> devices, Progress.Count count) {
    Semaphore free = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> lives = new ArrayList<>();
      for (Device device : devices) {
        free.acquire();
        lives.add(
            threads.submit(
                () -> {
                  try {
                    live(device);
                    count.add(1);
                  } finally {
                    free.release();
                  }
                }));
      }
      for (Future<?> life : lives) {
        life.get();
      }
      return ledger;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped in the middle of a life", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a device got no answer", e);
    }
  }

  private void live(Device device) {
    ask(Step.ENROL, device, UNAUTHORIZED);
    Owner.Seen seen = owner.find(device.identity());
    step(Step.ACCEPT, owner.setStatus(seen, "accepted"), NO_CONTENT);
    String first = ask(Step.ASK, device, OK);
    for (int i = 0; i < POLLS; i++) {
      poll(Step.POLL, first, NO_CONTENT);
    }
    poll(Step.LOST, damaged(first), UNAUTHORIZED);
    String second = ask(Step.ASK_AGAIN, device, OK);
    poll(Step.POLL_BOTH, first, NO_CONTENT);
    poll(Step.POLL_BOTH, second, NO_CONTENT);
    String third = ask(Step.ASK_THIRD, device, OK);
    poll(Step.POLL_FIRST, first, UNAUTHORIZED);
    step(Step.REJECT, owner.setStatus(seen, "rejected"), NO_CONTENT);
    poll(Step.POLL_REJECTED, third, UNAUTHORIZED);
    ask(Step.ASK_REJECTED, device, UNAUTHORIZED);
    step(Step.ACCEPT_AGAIN, owner.setStatus(seen, "accepted"), NO_CONTENT);
    String fourth = ask(Step.ASK_ACCEPTED, device, OK);
    poll(Step.POLL_ACCEPTED, fourth, NO_CONTENT);
    step(Step.DECOMMISSION, owner.decommission(seen), NO_CONTENT);
    poll(Step.POLL_GONE, fourth, UNAUTHORIZED);
    ask(Step.ASK_GONE, device, UNAUTHORIZED);
  }

  /// Signed anew each time, as the real client does.
  ///
  /// @return the body: the token, if there is one
  private String ask(Step step, Device device, int expected) {
    return step(step, device.authRequest().https(gateway.url()), expected);
  }

  private void poll(Step step, String token, int expected) {
    step(step, gateway.poll(token), expected);
  }

  private String step(Step step, HttpRequest request, int expected) {
    long started = System.nanoTime();
    HttpResponse<String> response = gateway.send(request);
    long took = System.nanoTime() - started;
    ledger.note(step.text, expected, response.statusCode(), took);
    return response.body();
  }

  /// With another signature.
  private static String damaged(String token) {
    int at = token.length() - 20;
    char other = token.charAt(at) == 'A' ? 'B' : 'A';
    return token.substring(0, at) + other + token.substring(at + 1);
  }
}
