package org.foreshape.lab;

import java.nio.file.Path;
import java.util.TreeMap;

/**
 * Writes a guest's description as libvirt's domain XML.
 *
 * <p>Source: <a href="https://libvirt.org/formatdomain.html">the domain format</a>. Guest and QEMU
 * end at a panic, a reboot and a power-off, so a broken guest is seen as gone and does not start
 * over.
 */
final class DomainXml {
    /**
     * {@code no_timer_check}: on a loaded host the check of the emulated timer fails now and then
     * and ends the boot; {@code panic=-1}: a panic reboots at once, which libvirt turns into an
     * end.
     */
    private static final String COMMAND_LINE =
            "console=ttyS0 panic=-1 quiet no_timer_check memhp_default_state=online_movable";

    private DomainXml() {}

    /**
     * Describes the guest {@code domainName}, whose files have {@code stem} (an absolute path) as
     * first part of their names.
     */
    static String of(GuestSpec spec, String domainName, Path emulator, Path image, Path stem) {
        String backing =
                spec.ram() == RamKind.MEMFD
                        ? "<memoryBacking><source type='memfd'/>"
                                + "<access mode='shared'/></memoryBacking>"
                        : "";
        String metadata =
                spec.metadataXml().isEmpty()
                        ? ""
                        : "<metadata>" + spec.metadataXml() + "</metadata>";
        return """
        <domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
          <name>%s</name>
          %s
          <memory unit='MiB'>%d</memory>
          <currentMemory unit='MiB'>%d</currentMemory>
          %s
          <vcpu placement='static'>%d</vcpu>
          <os><type arch='x86_64' machine='q35'>hvm</type>
            <kernel>%s</kernel><initrd>%s</initrd><cmdline>%s</cmdline></os>
          <features><acpi/><apic/></features>
          %s
          <on_poweroff>destroy</on_poweroff>
          <on_reboot>destroy</on_reboot>
          <on_crash>destroy</on_crash>
          <devices>
            <emulator>%s</emulator>
            <serial type='file'><source path='%s'/><target port='0'/></serial>
            %s
            <memballoon model='virtio' autodeflate='%s' freePageReporting='%s'>%s</memballoon>
            %s
          </devices>
          %s
        </domain>
        """
                .formatted(
                        spec.accelerator() == Accelerator.KVM ? "kvm" : "qemu",
                        domainName,
                        metadata,
                        spec.maxMib(),
                        spec.currentMib(),
                        backing,
                        spec.vcpus(),
                        escaped(image.resolve("vmlinuz")),
                        escaped(image.resolve("initrd.gz")),
                        COMMAND_LINE,
                        cpu(spec.cpuModel()),
                        escaped(emulator),
                        escaped(serial(stem)),
                        channels(spec, stem),
                        spec.autodeflate() ? "on" : "off",
                        spec.freePageReporting() ? "on" : "off",
                        spec.statsPeriodS() > 0
                                ? "<stats period='" + spec.statsPeriodS() + "'/>"
                                : "",
                        spec.devicesXml(),
                        environment(spec));
    }

    /** The file that takes the serial console's output. */
    static Path serial(Path stem) {
        return Path.of(stem + ".log");
    }

    /** The unix socket of the workload's port. */
    static Path control(Path stem) {
        return Path.of(stem + ".ctl");
    }

    /** The unix socket of a further port. */
    static Path channel(Path stem, String name) {
        return Path.of(stem + "." + name);
    }

    private static String cpu(String model) {
        return switch (model) {
            case "maximum", "host-passthrough" -> "<cpu mode='" + model + "'/>";
            default -> "<cpu mode='custom' match='exact'><model>" + model + "</model></cpu>";
        };
    }

    private static String environment(GuestSpec spec) {
        if (spec.environment().isEmpty()) {
            return "";
        }
        var xml = new StringBuilder("<qemu:commandline>");
        new TreeMap<>(spec.environment())
                .forEach((name, value) ->
                        xml.append("<qemu:env name='%s' value='%s'/>".formatted(name, value)));
        return xml.append("</qemu:commandline>").toString();
    }

    private static String channels(GuestSpec spec, Path stem) {
        var xml = new StringBuilder(channelXml(control(stem), "shaper.ctl"));
        for (String name : spec.channels()) {
            xml.append(channelXml(channel(stem, name), name));
        }
        if (spec.agent()) {
            xml.append(
                    "<channel type='unix'>"
                            + "<target type='virtio' name='org.qemu.guest_agent.0'/></channel>");
        }
        return xml.toString();
    }

    private static String channelXml(Path socket, String name) {
        return ("<channel type='unix'><source mode='bind' path='%s'/>"
                        + "<target type='virtio' name='%s'/></channel>")
                .formatted(escaped(socket), name);
    }

    private static String escaped(Path path) {
        return path.toString().replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;");
    }
}
