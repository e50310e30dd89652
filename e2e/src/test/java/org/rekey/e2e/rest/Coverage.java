package org.rekey.e2e.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;

/// Whether the tests of a class, together, have called every operation of a document and seen every
/// answer that it describes.
public final class Coverage {
  private final Class<?> tests;
  private final Set<String> run = new HashSet<>();

  public Coverage(Class<?> tests) {
    this.tests = tests;
  }

  public void ran(TestInfo test) {
    run.add(test.getTestMethod().orElseThrow().getName());
  }

  public void everyOperationHasAContractTest(OpenApi document) {
    Set<String> tested = new TreeSet<>();
    tests()
        .filter(method -> method.isAnnotationPresent(Contract.class))
        .forEach(method -> tested.addAll(List.of(method.getAnnotation(Contract.class).value())));
    assertThat(tested).isEqualTo(document.operations());
  }

  /// Only when all tests have run; a single one has not seen everything.
  ///
  /// @param notOnDemand what a test cannot bring about at will, besides defects of ours
  public void everyAnswerWasSeen(OpenApi document, Set<String> seen, Set<String> notOnDemand) {
    Set<String> unseen = new TreeSet<>(document.answers());
    unseen.removeAll(seen);
    unseen.removeAll(notOnDemand);
    unseen.removeIf(answer -> answer.endsWith(" 500"));
    if (run.size() == tests().count()) {
      assertThat(unseen).as("answers that no test has seen").isEmpty();
    }
  }

  private Stream<Method> tests() {
    return Arrays.stream(tests.getDeclaredMethods())
        .filter(
            method ->
                method.isAnnotationPresent(Test.class)
                    || method.isAnnotationPresent(ParameterizedTest.class));
  }
}
