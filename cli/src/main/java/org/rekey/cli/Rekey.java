package org.rekey.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rekey.agent.AgentFailure;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command `rekey`. Exit codes: 0 done, 1 failed, 2 wrongly called; others as a command says.
@Command(
    name = "rekey",
    description = "Issues and verifies tokens, and turns the signing keys under them live.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey demo                      a tour in half a minute, with a rotation under load",
      "  rekey up                        everything on this machine, state in .rekey/",
      "  rekey users create you@example.com --password-stdin",
      "  rekey keys list --all",
      "  rekey help keys                 more about one command"
    })
public final class Rekey implements Runnable {
  private static final int USAGE = 2;
  private static final Map<String, String> EXIT_CODES = exitCodes();

  /// By their names, in the order of the help.
  private static final Map<String, Class<?>> COMMANDS = commands();

  @Spec private CommandSpec spec = CommandSpec.create();

  private static Map<String, String> exitCodes() {
    var codes = new LinkedHashMap<String, String>();
    codes.put("0", "Done.");
    codes.put("1", "Not done; the line on standard error says why.");
    codes.put("2", "Wrongly called.");
    return codes;
  }

  private static Map<String, Class<?>> commands() {
    var commands = new LinkedHashMap<String, Class<?>>();
    commands.put("up", UpCommand.class);
    commands.put("demo", DemoCommand.class);
    commands.put("users", UsersCommand.class);
    commands.put("tokens", TokensCommand.class);
    commands.put("import", ImportCommand.class);
    commands.put("keys", KeysCommand.class);
    commands.put("artifact", ArtifactCommand.class);
    commands.put("certs", CertsCommand.class);
    commands.put("clients", ClientsCommand.class);
    commands.put("routes", RoutesCommand.class);
    commands.put("devices", DevicesCommand.class);
    commands.put("agent", AgentCommand.class);
    commands.put("deploy", DeployCommand.class);
    commands.put("generate-completion", AutoComplete.GenerateCompletion.class);
    commands.put("help", CommandLine.HelpCommand.class);
    return commands;
  }

  public static void main(String[] args) {
    // Before anything asks for a logger: the services' own settings lie on the same class path.
    System.setProperty("logback.configurationFile", "logback-cli.xml");
    int code = execute(Console.ofProcess(), args);
    Console.ofProcess().out().flush();
    System.exit(code);
  }

  /// Most of a command's time would go to the description of all others: one that is named goes
  /// without them. Help and completion are about all of them.
  static int execute(Console console, String... args) {
    String named = args.length == 0 ? "" : args[0];
    boolean isAboutAll = named.equals("help") || named.equals("generate-completion");
    Class<?> type = isAboutAll ? null : COMMANDS.get(named);
    return commandLine(console, type == null ? COMMANDS : Map.of(named, type)).execute(args);
  }

  /// The whole command tree, speaking through a console.
  static CommandLine commandLine(Console console) {
    return commandLine(console, COMMANDS);
  }

  private static CommandLine commandLine(Console console, Map<String, Class<?>> commands) {
    var line = new CommandLine(Rekey.class, new Factory(console));
    commands.forEach(line::addSubcommand);
    line.setOut(console.out());
    line.setErr(console.err());
    line.setColorScheme(
        Help.defaultColorScheme(console.hasColours() ? Help.Ansi.ON : Help.Ansi.OFF));
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpWidth(100);
    versioned(line);
    exitCoded(line);
    line.setParameterExceptionHandler((e, _) -> misused(e, console));
    line.setExecutionExceptionHandler((e, _, _) -> failed(e, console));
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static void versioned(CommandLine line) {
    line.getCommandSpec().versionProvider(new Version());
    line.getSubcommands().values().forEach(Rekey::versioned);
  }

  /// For those that do something and have no others.
  private static void exitCoded(CommandLine line) {
    var usage = line.getCommandSpec().usageMessage();
    if (line.getSubcommands().isEmpty() && usage.exitCodeList().isEmpty()) {
      usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(EXIT_CODES);
    }
    line.getSubcommands().values().forEach(Rekey::exitCoded);
  }

  private static int misused(ParameterException e, Console console) {
    CommandLine line = e.getCommandLine();
    console.err().println("rekey: " + e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, console.err());
    console.err().println("Try: " + line.getCommandSpec().qualifiedName() + " --help");
    return USAGE;
  }

  private static int failed(Exception e, Console console) {
    String text =
        switch (e) {
          case CommandFailed told -> told.getMessage();
          case AgentFailure told -> String.valueOf(told.getMessage());
          case StatusRuntimeException answer -> text(answer.getStatus());
          default -> e.getClass().getSimpleName() + ": " + e.getMessage();
        };
    console.err().println(console.red("rekey: ") + text);
    if (System.getenv("REKEY_CLI_LOG_LEVEL") != null) {
      e.printStackTrace(console.err());
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  static String text(Status status) {
    String said = status.getDescription() == null ? "" : status.getDescription();
    return switch (status.getCode()) {
      // gRPC's own words go on for lines.
      case UNAVAILABLE ->
          "the service cannot be reached now: " + said.lines().findFirst().orElse("");
      case DEADLINE_EXCEEDED -> "the service did not answer in time";
      case UNIMPLEMENTED -> "the service cannot do that yet";
      case INTERNAL, UNKNOWN -> "the service failed (its log says why): " + said;
      default -> said.isEmpty() ? status.getCode().name() : said;
    };
  }

  /// Commands get the console by their constructor.
  private record Factory(Console console) implements IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Console.class).newInstance(console);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }

  /// From the jar's manifest.
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Rekey.class.getPackage().getImplementationVersion();
      return new String[] {
        "rekey %s (Java %s)".formatted(version == null ? "development" : version, Runtime.version())
      };
    }
  }
}
