package org.rekey.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `header.tar`: what the artifact is for and what is in it.
record Header(
    String name,
    @Nullable String group,
    List<String> deviceTypes,
    List<String> dependsOnNames,
    List<String> dependsOnGroups,
    List<String> scripts,
    List<Update> updates) {

  /// What the header says of one payload.
  ///
  /// @param files the names that format 2 lists; null in format 3
  record Update(
      @Nullable String type,
      Map<String, String> provides,
      Map<String, String> depends,
      List<String> clears,
      @Nullable List<String> files) {}

  private static final Pattern SCRIPT = Pattern.compile("scripts/([^/]+)");
  private static final Pattern UPDATE =
      Pattern.compile("headers/([0-9]{4})/(type-info|meta-data|files)");
  private static final String INFO = "header-info";

  /// Reads all of it.
  ///
  /// @param unpacked is read to its end
  static Header read(InputStream unpacked, int version) throws IOException {
    return new Reading(new TarWalk(unpacked, "header.tar"), version).header();
  }

  private static final class Reading {
    private final TarWalk tar;
    private final int version;
    private final Set<String> seen = new HashSet<>();
    private final List<String> scripts = new ArrayList<>();
    private final List<@Nullable HeaderJson> typeInfos = new ArrayList<>();
    private final List<@Nullable List<String>> files = new ArrayList<>();
    private boolean isPastScripts;

    Reading(TarWalk tar, int version) {
      this.tar = tar;
      this.version = version;
    }

    Header header() throws IOException {
      var first = tar.next();
      if (first.isEmpty() || !first.get().name().equals(INFO) || first.get().isDirectory()) {
        throw new Damage(Rule.HEADER, "header.tar: does not begin with header-info (expected: it)");
      }
      seen.add(INFO);
      var info = HeaderJson.parse(tar.smallContent(INFO, Limits.SMALL_FILE), INFO, Rule.HEADER);
      var types = types(info);
      for (int i = 0; i < types.size(); i++) {
        typeInfos.add(null);
        files.add(null);
      }
      for (var next = tar.next(); next.isPresent(); next = tar.next()) {
        member(next.get());
      }
      List<Update> updates = new ArrayList<>();
      for (int i = 0; i < types.size(); i++) {
        updates.add(update(i, types.get(i)));
      }
      return header(info, updates);
    }

    private List<@Nullable String> types(HeaderJson info) throws Damage {
      List<@Nullable String> types = new ArrayList<>();
      for (HeaderJson each : info.objects(version == 2 ? "updates" : "payloads")) {
        var type = each.text("type");
        if (type != null && type.isEmpty()) {
          throw new Damage(
              Rule.HEADER, "header-info: a payload with an empty type (expected: a name, or null)");
        }
        types.add(type);
      }
      if (types.isEmpty()) {
        throw new Damage(Rule.HEADER, "header-info: no payload (expected: at least one)");
      }
      return types;
    }

    private void member(TarMember member) throws IOException {
      if (member.isDirectory()) {
        return;
      }
      var name = member.name();
      if (!seen.add(name)) {
        throw new Damage(
            Rule.HEADER, "header.tar: %s twice (expected: once)".formatted(Names.shown(name)));
      }
      if (seen.size() > Limits.ENTRIES) {
        throw new Damage(Rule.LIMIT, "header.tar: more than %d files".formatted(Limits.ENTRIES));
      }
      var script = SCRIPT.matcher(name);
      var update = UPDATE.matcher(name);
      if (script.matches() && !isPastScripts) {
        Names.require(script.group(1), "header.tar: scripts");
        scripts.add(script.group(1));
      } else if (update.matches()) {
        isPastScripts = true;
        update(name, Integer.parseInt(update.group(1)), update.group(2));
      } else {
        throw new Damage(
            Rule.HEADER,
            "header.tar: %s (expected: header-info, then scripts/NAME, then headers/0000/type-info and meta-data)"
                .formatted(Names.shown(name)));
      }
    }

    private void update(String name, int index, String what) throws IOException {
      if (index >= typeInfos.size() || (what.equals("files") && version != 2)) {
        throw new Damage(
            Rule.HEADER,
            "header.tar: %s, of a payload or format that is not this one (payloads: %d, format: %d)"
                .formatted(name, typeInfos.size(), version));
      }
      var bytes = tar.smallContent(name, Limits.SMALL_FILE);
      switch (what) {
        case "type-info" -> typeInfos.set(index, HeaderJson.parse(bytes, name, Rule.HEADER));
        case "files" -> files.set(index, HeaderJson.parse(bytes, name, Rule.HEADER).texts("files"));
        // Anything that its update module understands; empty for none.
        default -> {
          if (bytes.length > 0) {
            HeaderJson.parse(bytes, name, Rule.HEADER);
          }
        }
      }
    }

    private Update update(int index, @Nullable String type) throws Damage {
      var info = typeInfos.get(index);
      if (info == null || (version == 2 && files.get(index) == null)) {
        throw new Damage(
            Rule.HEADER,
            "header.tar: nothing says what payload %d is (expected: headers/%04d/type-info%s)"
                .formatted(index, index, version == 2 ? " and files" : ""));
      }
      return new Update(
          type,
          info.object("artifact_provides").members(),
          info.object("artifact_depends").members(),
          info.texts("clears_artifact_provides"),
          files.get(index));
    }

    private Header header(HeaderJson info, List<Update> updates) throws Damage {
      if (version == 2) {
        return new Header(
            info.requiredText("artifact_name"),
            null,
            info.texts("device_types_compatible"),
            List.of(),
            List.of(),
            scripts,
            updates);
      }
      var provides = info.object("artifact_provides");
      var depends = info.object("artifact_depends");
      return new Header(
          provides.requiredText("artifact_name"),
          provides.text("artifact_group"),
          depends.texts("device_type"),
          depends.texts("artifact_name"),
          depends.texts("artifact_group"),
          scripts,
          updates);
    }
  }
}
