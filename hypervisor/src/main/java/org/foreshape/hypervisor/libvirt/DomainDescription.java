package org.foreshape.hypervisor.libvirt;

import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * What we read in a domain's XML.
 *
 * @param statsPeriodS period of the balloon's statistics, 0 when it has none
 * @param freePageReported whether the guest hands free pages back unasked
 * @param vcpuCountMax most vCPUs that can be online, 0 when the XML does not say
 * @param diskPaths files and devices behind its disks, backing files included; no CD-ROMs
 * @param policies the attributes of each policy element in the metadata
 * @see <a href="https://libvirt.org/formatdomain.html">the domain format</a>
 */
record DomainDescription(
        int statsPeriodS,
        boolean freePageReported,
        int vcpuCountMax,
        List<String> diskPaths,
        List<Map<String, String>> policies) {
    /** Namespace of the policy element. */
    static final String NAMESPACE = "https://foreshape.org/xmlns/vm/1";

    /** Local name of the policy element. */
    static final String ELEMENT = "vm";

    /** Path of every source of a disk, the disk's own and those of its backing files. */
    private static final Pattern DISK_SOURCE =
            Pattern.compile("domain/devices/disk(/backingStore)*/source");

    private static final XMLInputFactory FACTORY = factory();

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // Whoever may edit a domain must not make this process read files or addresses for him.
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory;
    }

    /**
     * Reads a domain's XML.
     *
     * @throws XMLStreamException when it is no XML
     */
    static DomainDescription parse(String xml) throws XMLStreamException {
        XMLStreamReader reader;
        synchronized (FACTORY) {
            reader = FACTORY.createXMLStreamReader(new StringReader(xml));
        }
        var policies = new ArrayList<Map<String, String>>();
        Deque<String> path = new ArrayDeque<>();
        int statsPeriodS = 0;
        boolean freePageReported = false;
        int vcpuCountMax = 0;
        var diskPaths = new LinkedHashSet<String>();
        boolean isDisk = false;
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                path.removeLast();
            }
            if (event != XMLStreamConstants.START_ELEMENT) {
                continue;
            }
            path.addLast(reader.getLocalName());
            String place = String.join("/", path);
            if (isDisk && DISK_SOURCE.matcher(place).matches()) {
                addPath(reader, diskPaths);
            }
            switch (place) {
                case "domain/devices/disk" -> {
                    String device = reader.getAttributeValue(null, "device");
                    isDisk = device == null || device.equals("disk");
                }
                case "domain/vcpu" -> {
                    vcpuCountMax = number(reader.getElementText());
                    path.removeLast();
                }
                case "domain/devices/memballoon" ->
                        freePageReported =
                                "on".equals(reader.getAttributeValue(null, "freePageReporting"));
                case "domain/devices/memballoon/stats" ->
                        statsPeriodS = number(reader.getAttributeValue(null, "period"));
                case "domain/metadata/" + ELEMENT -> {
                    if (NAMESPACE.equals(reader.getNamespaceURI())) {
                        policies.add(attributes(reader));
                    }
                }
                default -> {}
            }
        }
        return new DomainDescription(
                statsPeriodS, freePageReported, vcpuCountMax, List.copyOf(diskPaths), policies);
    }

    private static void addPath(XMLStreamReader reader, Set<String> paths) {
        for (String attribute : List.of("file", "dev")) {
            String path = reader.getAttributeValue(null, attribute);
            if (path != null && path.startsWith("/")) {
                paths.add(path);
            }
        }
    }

    private static Map<String, String> attributes(XMLStreamReader reader) {
        Map<String, String> attributes = new LinkedHashMap<>();
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            attributes.put(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
        }
        return attributes;
    }

    private static int number(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        try {
            return Math.max(0, Integer.parseInt(text.strip()));
        } catch (NumberFormatException e) {
            // libvirt writes these itself; what it may write there one day is not known to us.
            return 0;
        }
    }
}
