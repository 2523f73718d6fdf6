package org.foreshape.daemon.config;

/** Writes the documentation of the configuration from the table of keys. */
public final class ConfigDocs {
    private ConfigDocs() {}

    /** The whole page, as Markdown. */
    public static String markdown() {
        StringBuilder page = new StringBuilder(8192);
        page.append("# Configuration\n\n")
                .append("Generated from the table of keys in `ConfigKey`; a test keeps it so.\n\n")
                .append("A YAML file, named with `foreshape run --config FILE`; else ")
                .append("`/etc/foreshape/foreshape.yaml` for root and\n")
                .append("`$XDG_CONFIG_HOME/foreshape/foreshape.yaml` for an ordinary user, ")
                .append("if it exists. `foreshape run --print-config`\n")
                .append("prints the effective one. The file is checked as a whole: every fault is ")
                .append("listed with its line, and the exit status is 2.\n");
        String section = "";
        for (ConfigKey key : ConfigKey.values()) {
            if (!key.section().equals(section)) {
                section = key.section();
                page.append("\n## `").append(section).append(":`\n\n");
                page.append("| key | default | unit | range | meaning |\n|---|---|---|---|---|\n");
            }
            page.append("| `").append(key.shortName()).append("` | ").append(key.defaultText());
            page.append(" | ").append(key.unit()).append(" | ").append(key.rangeText());
            page.append(" | ").append(key.meaning()).append(" |\n");
        }
        page.append("\n## `shaping:`\n\nThe unit is the end of each name.\n\n");
        page.append("| key | default | meaning |\n|---|---|---|\n");
        ShapingKeys.rows().forEach(row -> page.append(row).append('\n'));
        return page.append("\n## `vms:`\n\n")
                .append(
                        "One entry for each VM by name, with any of the keys of `policy:`; what it ")
                .append("leaves out comes from there.\n")
                .append("Policy in the domain's own libvirt metadata comes first.\n\n")
                .append("```yaml\nvms:\n  database-1:\n    mode: enforce\n    priority: 9\n")
                .append("    floor-mib: 4096\n```\n")
                .toString();
    }
}
