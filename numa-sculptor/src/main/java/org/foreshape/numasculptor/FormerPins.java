package org.foreshape.numasculptor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;

/**
 * How a running domain was pinned before the first act on it, kept in its own live metadata at
 * libvirt: as long as the pins themselves, so also when this process has ended meanwhile.
 *
 * <pre>
 *   &lt;pins vcpus="0,1;0,1" emulator="0,1" nodes="0,1"/&gt;
 * </pre>
 *
 * @param vcpus the host's CPUs of each vCPU
 * @param emulator the host's CPUs of the emulator
 * @param nodes the nodes of its memory, as libvirt or the kernel writes them
 */
record FormerPins(List<List<Integer>> vcpus, List<Integer> emulator, String nodes) {
    private static final String NAMESPACE = "https://foreshape.org/xmlns/pins/1";
    private static final String PREFIX = "foreshape-pins";
    private static final int LIVE = LibvirtFlags.AFFECT_LIVE;
    private static final Pattern ATTRIBUTE =
            Pattern.compile("\\b(vcpus|emulator|nodes)=[\"']([0-9,;^-]*)[\"']");

    FormerPins {
        vcpus = vcpus.stream().map(List::copyOf).toList();
        emulator = List.copyOf(emulator);
    }

    /** What is stored with a domain; empty when it was never pinned, or all was taken back. */
    static Optional<FormerPins> of(LibvirtDomain domain) {
        String xml = domain.metadata(NAMESPACE, LIVE);
        return xml == null ? Optional.empty() : Optional.of(parse(xml));
    }

    void store(LibvirtDomain domain) {
        domain.setMetadata(NAMESPACE, PREFIX, toXml(), LIVE);
    }

    static void forget(LibvirtDomain domain) {
        domain.setMetadata(NAMESPACE, PREFIX, null, LIVE);
    }

    String toXml() {
        return "<pins vcpus=\"%s\" emulator=\"%s\" nodes=\"%s\"/>"
                .formatted(
                        String.join(";", vcpus.stream().map(CpuList::text).toList()),
                        CpuList.text(emulator),
                        nodes);
    }

    /** Throws {@link SculptException} for what {@link #toXml} does not write. */
    static FormerPins parse(String xml) {
        var vcpus = new ArrayList<List<Integer>>();
        List<Integer> emulator = List.of();
        String nodes = "";
        Matcher attribute = ATTRIBUTE.matcher(xml);
        while (attribute.find()) {
            String value = attribute.group(2);
            switch (attribute.group(1)) {
                case "vcpus" -> {
                    for (String one : value.split(";", -1)) {
                        vcpus.add(CpuList.parse(one));
                    }
                }
                case "emulator" -> emulator = CpuList.parse(value);
                default -> nodes = value;
            }
        }
        if (emulator.isEmpty() || vcpus.isEmpty() || vcpus.stream().anyMatch(List::isEmpty)) {
            throw new SculptException(
                    "the former pins in the domain's metadata cannot be understood: " + xml, null);
        }
        return new FormerPins(vcpus, emulator, nodes);
    }
}
