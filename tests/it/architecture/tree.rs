//! Rules about the whole source tree: import cycles, and type names that are defined twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::lexer::{code_of, paths_from};
use super::rules::{Fault, without_tests};

/// The path of a module from the crate's root.
type Module = Vec<String>;

/// The source files by module, with the names that each file imports or re-exports.
struct Tree {
    files: BTreeMap<Module, PathBuf>,
    code: BTreeMap<Module, String>,
    names: BTreeMap<Module, BTreeMap<String, Module>>,
}

/// Cycles of imports between files. A module file and the files below it count
/// as one, because `mod.rs` declares and re-exports its submodules.
pub fn cycles(sources: &[(PathBuf, String)]) -> Vec<Fault> {
    let tree = Tree::new(sources);
    let edges: BTreeMap<&Module, BTreeSet<&Module>> = tree
        .files
        .keys()
        .map(|module| (module, tree.imports(module)))
        .collect();
    let mut faults = Vec::new();
    for module in edges.keys() {
        let reached = reachable(module, &edges);
        if reached.contains(*module) {
            let cycle: Vec<String> = reached
                .iter()
                .filter(|other| reachable(other, &edges).contains(*module))
                .map(|other| other.join("/"))
                .collect();
            faults.push(Fault {
                path: tree.files[*module].clone(),
                rule: format!("is in a cycle of imports: {}", cycle.join(", ")),
            });
        }
    }
    faults
}

/// Type names that two files define. A reader who searches for a name must find one definition.
pub fn duplicate_types(sources: &[(PathBuf, String)]) -> Vec<Fault> {
    let mut defined: BTreeMap<String, Vec<&Path>> = BTreeMap::new();
    for (path, source) in sources.iter().filter(|(path, _)| !is_test(path)) {
        for name in type_names(&without_tests(&code_of(source))) {
            defined.entry(name).or_default().push(path);
        }
    }
    let twice = defined.into_iter().filter(|(_, paths)| paths.len() > 1);
    twice
        .map(|(name, paths)| Fault {
            path: paths[1].to_owned(),
            rule: format!("defines the type {name}, as does {}", paths[0].display()),
        })
        .collect()
}

fn is_test(path: &Path) -> bool {
    path.iter()
        .any(|part| part == "tests" || part == "tests.rs")
}

/// The types that are defined at the top level of a file.
fn type_names(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in code.lines() {
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let mut word = words.next().unwrap_or_default();
        while matches!(word, "pub" | "crate" | "super") {
            word = words.find(|word| !word.is_empty()).unwrap_or_default();
        }
        if matches!(word, "struct" | "enum" | "trait" | "type" | "union") {
            names.extend(words.next().map(str::to_owned));
        }
    }
    names
}

fn reachable<'a>(
    from: &Module,
    edges: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
) -> BTreeSet<&'a Module> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        for next in edges.get(module).into_iter().flatten() {
            if reached.insert(*next) {
                open.push(next);
            }
        }
    }
    reached
}

impl Tree {
    fn new(sources: &[(PathBuf, String)]) -> Tree {
        let mut tree = Tree {
            files: BTreeMap::new(),
            code: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for (path, source) in sources.iter().filter(|(path, _)| !is_test(path)) {
            let module = module_of(path);
            tree.files.insert(module.clone(), path.clone());
            tree.code.insert(module, without_tests(&code_of(source)));
        }
        for (module, code) in &tree.code {
            let uses = code.split("use ").skip(1);
            let uses = uses.filter_map(|rest| rest.split(';').next());
            let paths = uses.flat_map(|tree| paths_from(&format!("root::{tree}"), "root"));
            let named = paths.filter_map(|path| tree.absolute(module, &path));
            let named = named.filter_map(|path| Some((path.last()?.clone(), path)));
            tree.names.insert(module.clone(), named.collect());
        }
        tree
    }

    /// Resolves a path in the code of `module` to a path from the crate's root.
    fn absolute(&self, module: &Module, written: &[String]) -> Option<Module> {
        let first = written.first()?;
        let supers = written.iter().take_while(|part| *part == "super").count();
        let (mut base, rest) = match first.as_str() {
            "crate" => (Vec::new(), &written[1..]),
            "self" => (module.clone(), &written[1..]),
            "super" => {
                let depth = module.len().checked_sub(supers)?;
                (module[..depth].to_vec(), &written[supers..])
            }
            _ => {
                let mut child = module.clone();
                child.push(first.clone());
                self.files.contains_key(&child).then_some(())?;
                (module.clone(), written)
            }
        };
        base.extend(rest.iter().filter(|part| *part != "self").cloned());
        Some(base)
    }

    /// The modules that `module` imports, except for its ancestors and descendants.
    fn imports(&self, module: &Module) -> BTreeSet<&Module> {
        let code = &self.code[module];
        let mut paths = Vec::new();
        for start in ["crate", "self", "super"] {
            for mut path in paths_from(code, start) {
                path.insert(0, start.to_owned());
                paths.extend(self.absolute(module, &path));
            }
        }
        let found = paths.iter().filter_map(|path| self.file_of(path, 0));
        found
            .filter(|other| !other.starts_with(module) && !module.starts_with(other))
            .collect()
    }

    /// The module whose file defines the item of a path. Follows re-exports.
    fn file_of(&self, path: &[String], depth: usize) -> Option<&Module> {
        let mut module: Module = Vec::new();
        for (at, part) in path.iter().enumerate() {
            module.push(part.clone());
            if self.files.contains_key(&module) {
                continue;
            }
            module.pop();
            if let Some(target) = self.names.get(&module).and_then(|names| names.get(part))
                && depth < 8
                && !target.starts_with(&path[..=at])
            {
                let mut target = target.clone();
                target.extend(path[at + 1..].iter().cloned());
                return self.file_of(&target, depth + 1);
            }
            break;
        }
        self.files.get_key_value(&module).map(|(module, _)| module)
    }
}

/// `rooms/mod.rs` and `rooms.rs` are the module `rooms`; `lib.rs` is the root.
fn module_of(path: &Path) -> Module {
    let mut parts: Module = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    if parts == ["lib"] {
        parts.clear();
    }
    parts
}
