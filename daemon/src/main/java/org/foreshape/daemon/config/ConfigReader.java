package org.foreshape.daemon.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.foreshape.daemon.fault.Failure;
import org.foreshape.daemon.fault.NearNames;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads a configuration file, checks it as a whole, and lists every fault at once with its line and
 * a cure. What the command line sets comes on top of the file.
 */
public final class ConfigReader {
    private static final String VMS = "vms";
    private static final long FILE_BYTES_MAX = 4 << 20;

    private final Surroundings surroundings;
    private final List<Fault> faults = new ArrayList<>();
    private final Map<ConfigKey, Value> values = new EnumMap<>(ConfigKey.class);
    private final Map<String, Map<ConfigKey, Value>> vms = new LinkedHashMap<>();
    private final Map<String, Integer> vmLines = new LinkedHashMap<>();
    private final Map<String, Value> shaping = new LinkedHashMap<>();

    /** A value as read, with the line it stands in. */
    record Value(int line, Object value, String text) {}

    private ConfigReader(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /**
     * Reads the configuration.
     *
     * @param file the file, or null for the user's default file if there is one
     * @param overrides what the command line sets, by the key's path
     * @throws Failure (usage) with every fault, one a line, when anything is wrong
     */
    public static Config read(
            @Nullable Path file, Map<String, String> overrides, Surroundings surroundings) {
        ConfigReader reader = new ConfigReader(surroundings);
        Path source = file;
        if (source == null && Files.exists(surroundings.configFile())) {
            source = surroundings.configFile();
        }
        if (source != null) {
            reader.readText(load(source));
        }
        overrides.forEach(reader::override);
        Config config = reader.conclude();
        if (config == null) {
            throw Failure.usage(
                    reader.faults.size()
                            + (reader.faults.size() == 1 ? " fault in " : " faults in ")
                            + (source == null ? "the options" : source)
                            + ":\n"
                            + reader.faults.stream()
                                    .sorted()
                                    .map(fault -> "  " + fault)
                                    .collect(Collectors.joining("\n")));
        }
        return config;
    }

    private static String load(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw Failure.usage(file + " is a directory; name a configuration file in it");
            }
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw Failure.usage(file + " is larger than 4 MiB: not a configuration file");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw Failure.usage(
                    "there is no configuration file "
                            + file
                            + "; `foreshape run --print-config` prints one to start from");
        } catch (MalformedInputException e) {
            throw Failure.usage(file + " is not UTF-8 text; save it as UTF-8");
        } catch (IOException e) {
            throw Failure.usage("cannot read " + file + ": " + e + "; check its permissions");
        }
    }

    private void readText(String text) {
        // Aliases could make a small file huge; a configuration needs none.
        LoadSettings settings =
                LoadSettings.builder()
                        .setAllowDuplicateKeys(true)
                        .setMaxAliasesForCollections(0)
                        .build();
        Optional<Node> root;
        try {
            root =
                    new Composer(
                                    settings,
                                    new ParserImpl(settings, new StreamReader(settings, text)))
                            .getSingleNode();
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
            faults.add(
                    new Fault(
                            line,
                            "not YAML: "
                                    + e.getProblem()
                                    + "; check indentation (spaces, no tabs), colons and"
                                    + " quotes here and in the line above"));
            return;
        } catch (YamlEngineException e) {
            faults.add(new Fault(0, "not YAML: " + e.getMessage()));
            return;
        }
        root.ifPresent(this::readRoot);
    }

    private void readRoot(Node root) {
        Map<String, Node> sections = mapping(root, "the file", "sections such as `host:`");
        for (Map.Entry<String, Node> section : sections.entrySet()) {
            String name = section.getKey();
            if (name.equals(VMS)) {
                mapping(section.getValue(), VMS, "VM names").forEach(this::readVm);
                continue;
            }
            if (name.equals(ShapingKeys.SECTION)) {
                mapping(section.getValue(), name, "keys").forEach(this::readShaping);
                continue;
            }
            if (!sectionNames().contains(name)) {
                fault(
                        section.getValue(),
                        "there is no section " + name + "; " + hint(name, sectionNames()));
                continue;
            }
            mapping(section.getValue(), name, "keys")
                    .forEach((key, node) -> readKey(values, name + "." + key, name, node));
        }
    }

    private void readShaping(String name, Node node) {
        if (node instanceof ScalarNode scalar) {
            shaping.put(name, new Value(line(node), scalar.getValue(), scalar.getValue()));
        } else {
            fault(node, "shaping." + name + " must be one value");
        }
    }

    private void readVm(String vmName, Node node) {
        Map<ConfigKey, Value> own = new EnumMap<>(ConfigKey.class);
        vms.put(vmName, own);
        vmLines.put(vmName, line(node));
        mapping(node, "vms." + vmName, "mode, priority, floor-mib or ceiling-mib")
                .forEach((key, value) -> readKey(own, "policy." + key, "policy", value));
    }

    private void readKey(Map<ConfigKey, Value> target, String path, String section, Node node) {
        ConfigKey key = keyAt(path);
        if (key == null) {
            List<String> known =
                    Arrays.stream(ConfigKey.values())
                            .filter(k -> k.section().equals(section))
                            .map(ConfigKey::shortName)
                            .toList();
            String name = path.substring(path.indexOf('.') + 1);
            fault(node, "there is no key " + path + "; " + NearNames.hint(name, known));
            return;
        }
        if (!(node instanceof ScalarNode scalar)) {
            fault(node, path + " must be one value, " + key.rangeText());
            return;
        }
        parse(target, key, scalar.getValue(), line(node));
    }

    private void override(String path, String text) {
        if (path.startsWith(ShapingKeys.SECTION + ".")) {
            String name = path.substring(ShapingKeys.SECTION.length() + 1);
            shaping.put(name, new Value(0, text, text));
            return;
        }
        ConfigKey key = keyAt(path);
        if (key == null) {
            List<String> known = Arrays.stream(ConfigKey.values()).map(ConfigKey::path).toList();
            faults.add(
                    new Fault(0, "there is no key " + path + "; " + NearNames.hint(path, known)));
            return;
        }
        parse(values, key, text, 0);
    }

    private void parse(Map<ConfigKey, Value> target, ConfigKey key, String text, int line) {
        try {
            target.put(key, new Value(line, key.range().parse(text), text));
        } catch (IllegalArgumentException e) {
            faults.add(
                    new Fault(
                            line,
                            key.path()
                                    + " is "
                                    + (text.isEmpty() ? "empty" : text)
                                    + ", "
                                    + e.getMessage()));
        }
    }

    /** A mapping's entries by name; anything else, and a name that comes twice, is a fault. */
    private Map<String, Node> mapping(Node node, String what, String holds) {
        Map<String, Node> entries = new LinkedHashMap<>();
        if (node instanceof ScalarNode scalar && scalar.getValue().isEmpty()) {
            return entries; // "section:" with nothing under it
        }
        if (!(node instanceof MappingNode mapping)) {
            fault(node, what + " must hold " + holds + ", one a line, as `name: value`");
            return entries;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                fault(tuple.getKeyNode(), "a key of " + what + " must be a name");
            } else if (entries.put(key.getValue(), tuple.getValueNode()) != null) {
                fault(
                        tuple.getKeyNode(),
                        key.getValue() + " stands twice in " + what + "; keep one of them");
            }
        }
        return entries;
    }

    private @Nullable Config conclude() {
        return new ConfigConclusion(surroundings, values, vms, vmLines, shaping, faults).conclude();
    }

    private void fault(Node node, String sentence) {
        faults.add(new Fault(line(node), sentence));
    }

    private static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }

    private static @Nullable ConfigKey keyAt(String path) {
        for (ConfigKey key : ConfigKey.values()) {
            if (key.path().equals(path)) {
                return key;
            }
        }
        return null;
    }

    private static Set<String> sectionNames() {
        Set<String> names =
                Arrays.stream(ConfigKey.values())
                        .map(ConfigKey::section)
                        .collect(Collectors.toCollection(TreeSet::new));
        names.add(VMS);
        names.add(ShapingKeys.SECTION);
        return names;
    }

    private static String hint(String name, Set<String> known) {
        return NearNames.hint(name, known);
    }
}
