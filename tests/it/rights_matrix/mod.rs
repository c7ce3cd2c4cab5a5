//! Rights on every route, by every role: as JSON, from pages and forms, and over sockets.
//!
//! `table.txt` has the rights. The routes are those of `src/routes.rs`, and their methods those that the server allows,
//! so a route or a method without a row fails the test.

mod cast;
mod fixtures;
mod requests;
mod routes;
mod snapshot;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::join_all;

use cast::{Actor, Cast};
use fixtures::{Filled, Fixtures};
use requests::{Medium, Sender};
use routes::Routes;
use snapshot::Snapshot;
use table::{Role, Row, rows};

use crate::harness::server::Server;

/// One test case: a row by a role over a medium.
#[derive(Clone, Copy)]
struct Cell<'a> {
    row: &'a Row,
    role: Role,
    medium: Medium,
    expected: char,
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (row, role, medium) = (self.row, self.role, self.medium);
        write!(f, "{row} by {role:?} over {medium:?}: {}", self.expected)
    }
}

impl Cell<'_> {
    /// Whether the request succeeds and may change something.
    fn is_allowed(self) -> bool {
        self.expected == 'y'
    }
}

/// A test case with the acting person and the fixtures.
type Request<'a> = (Cell<'a>, Actor, Filled);

/// The test cases of a row. `HEAD` is tested where the route allows it.
fn cells<'a>(row: &'a Row, routes: &Routes) -> Vec<Cell<'a>> {
    let media = Medium::of(row, routes.allows(row, "HEAD"));
    let cell = |medium: Medium, role: Role| Cell {
        row,
        role,
        medium,
        expected: row.expected(role, medium.is_page(row)),
    };
    let all = media.into_iter();
    all.flat_map(|medium| Role::ALL.map(|role| cell(medium, role)))
        .collect()
}

/// Server, people and fixtures of the matrix.
struct Matrix {
    server: Server,
    sender: Sender,
    cast: Cast,
    fixtures: Fixtures,
    snapshot: Snapshot,
    wrong: Vec<String>,
    counts: BTreeMap<(Medium, char), usize>,
}

impl Matrix {
    async fn new() -> Matrix {
        let server = Server::unlimited();
        let cast = Cast::new(&server).await;
        let fixtures = Fixtures::new(&server, &cast).await;
        Matrix {
            snapshot: Snapshot::new(&server),
            sender: Sender::to(&server),
            server,
            cast,
            fixtures,
            wrong: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// The refused requests of a row, with their fixtures.
    async fn refused<'a>(&mut self, row: &'a Row, routes: &Routes) -> Vec<Request<'a>> {
        let mut requests = Vec::new();
        let refused = cells(row, routes).into_iter();
        for cell in refused.filter(|cell| !cell.is_allowed()) {
            let actor = self.cast.actor(cell.role);
            let filled = self.fixtures.fill(row, &actor, false).await;
            requests.push((cell, actor, filled));
        }
        requests
    }

    /// Sends the refused requests of a row, which must change nothing.
    async fn check_refused(&mut self, row: &Row, requests: Vec<Request<'_>>) {
        let before = self.snapshot.take();
        let sent = requests
            .iter()
            .map(|(cell, actor, filled)| cell.medium.send(&self.sender, actor, filled));
        let outcomes = join_all(sent).await;
        for ((cell, ..), outcome) in requests.into_iter().zip(outcomes) {
            self.judge(cell, &outcome);
        }
        let changed = self.snapshot.differences(&before);
        if !changed.is_empty() {
            let what = format!("{row}: a refused request changed {changed:?}");
            self.wrong.push(what);
        }
    }

    /// Sends the allowed requests of a row, each with its own fixtures where the row says so.
    async fn check_allowed(&mut self, row: &Row, routes: &Routes) {
        let allowed = cells(row, routes).into_iter();
        for cell in allowed.filter(|cell| cell.is_allowed()) {
            let actor = match row.needs_new_account {
                true => self.cast.new_actor(&self.server, cell.role).await,
                false => self.cast.actor(cell.role),
            };
            let filled = self.fixtures.fill(row, &actor, true).await;
            let outcome = cell.medium.send(&self.sender, &actor, &filled).await;
            self.judge(cell, &outcome);
        }
    }

    /// Counts a test case. `outcome` begins with its letter.
    fn judge(&mut self, cell: Cell, outcome: &str) {
        *self.counts.entry((cell.medium, cell.expected)).or_default() += 1;
        if !outcome.starts_with(cell.expected) {
            self.wrong.push(format!("{cell}, but was {outcome}"));
        }
    }
}

#[tokio::test]
async fn every_role_has_the_rights_of_the_table_on_every_route_over_every_medium() {
    let mut matrix = Matrix::new().await;
    let (rows, routes) = (rows(), Routes::of(&matrix.server).await);
    let mut refused = Vec::new();
    for row in &rows {
        refused.push(matrix.refused(row, &routes).await);
    }
    matrix.fixtures.wait_for_jobs().await;
    for (row, requests) in rows.iter().zip(refused) {
        matrix.check_refused(row, requests).await;
    }
    for row in &rows {
        let checked = AssertUnwindSafe(matrix.check_allowed(row, &routes));
        if checked.catch_unwind().await.is_err() {
            matrix
                .wrong
                .push(format!("{row}: a fixture could not be made"));
        }
    }
    let cells: usize = matrix.counts.values().sum();
    println!("{cells} cells: {:?}", matrix.counts);
    assert!(cells >= 5_000, "{cells}");
    let wrong = matrix.wrong;
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let count = |is_counted: fn(char) -> bool| {
        let counted = matrix
            .counts
            .iter()
            .filter(|((_, letter), _)| is_counted(*letter));
        counted.map(|(_, count)| count).sum::<usize>()
    };
    assert!(count(|letter| letter == 'y') >= 1000, "allowed");
    assert!(count(|letter| letter != 'y') >= 1000, "refused");
}

#[tokio::test]
async fn every_route_and_method_has_a_row_and_every_row_has_a_route() {
    let server = Server::unlimited();
    let (rows, routes) = (rows(), Routes::of(&server).await);
    assert!(routes.count() > 200, "{}", routes.count());
    assert_eq!(routes.without_row(&rows), Vec::<String>::new());
    assert_eq!(routes.rows_without_route(&rows), Vec::<String>::new());
    // The check itself notices a missing row and a row too many.
    assert_eq!(routes.without_row(&rows[1..]), ["GET /", "HEAD /"]);
    let unknown = Row::parse("DELETE /health yyyyyy");
    assert_eq!(routes.rows_without_route(&[unknown]), ["DELETE /health"]);
}
