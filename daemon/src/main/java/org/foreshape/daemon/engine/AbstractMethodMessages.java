package org.foreshape.daemon.engine;

import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The string constants that no class file has: where an abstract class or an interface leaves a
 * method of an interface without a body, HotSpot writes one that throws, and adds its message,
 * {@code Method C.m()V is abstract}, to the class's constants (its {@code defaultMethods.cpp}).
 * They name more methods than HotSpot gives bodies to, which does no harm. One thread.
 */
final class AbstractMethodMessages {
    private final Map<String, Shape> shapes = new HashMap<>();

    /** Takes a class in. */
    void add(ClassModel model) {
        Set<String> bodies = new HashSet<>();
        Set<String> abstracts = new HashSet<>();
        for (MethodModel method : model.methods()) {
            if (!method.flags().has(AccessFlag.STATIC)) {
                String signature =
                        method.methodName().stringValue() + method.methodType().stringValue();
                (method.flags().has(AccessFlag.ABSTRACT) ? abstracts : bodies).add(signature);
            }
        }
        shapes.put(
                model.thisClass().asInternalName(),
                new Shape(
                        model.flags().has(AccessFlag.ABSTRACT),
                        model.superclass().map(entry -> entry.asInternalName()),
                        model.interfaces().stream().map(entry -> entry.asInternalName()).toList(),
                        bodies,
                        abstracts));
    }

    /** Hands out the messages of all abstract classes and interfaces that were added. */
    void forEach(Consumer<String> action) {
        shapes.forEach((name, shape) -> {
            if (shape.isAbstract) {
                for (String signature : inherited(shape)) {
                    action.accept("Method " + name + "." + signature + " is abstract");
                }
            }
        });
    }

    /**
     * Abstract methods of interfaces above a class that neither it nor its superclasses declare.
     */
    private Set<String> inherited(Shape shape) {
        Set<String> signatures = new HashSet<>();
        Set<String> declared = new HashSet<>();
        List<String> above = new ArrayList<>();
        for (Shape at = shape; at != null; at = at.superclass.map(shapes::get).orElse(null)) {
            declared.addAll(at.bodies);
            declared.addAll(at.abstracts);
            above.addAll(at.interfaces);
        }
        Set<String> seen = new HashSet<>();
        while (!above.isEmpty()) {
            String name = above.removeLast();
            Shape at = shapes.get(name);
            if (at != null && seen.add(name)) {
                signatures.addAll(at.abstracts);
                above.addAll(at.interfaces);
            }
        }
        signatures.removeAll(declared);
        return signatures;
    }

    private record Shape(
            boolean isAbstract,
            Optional<String> superclass,
            List<String> interfaces,
            Set<String> bodies,
            Set<String> abstracts) {}
}
