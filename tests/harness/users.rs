//! Groups of accounts. Large groups are written directly into the database.

use diesel::connection::SimpleConnection;

use super::account::{Account, PASSWORD};
use super::database::connect;
use super::server::Server;

impl Account {
    /// Registers an account for each name.
    pub async fn register_all(server: &Server, names: &[&str]) -> Vec<Account> {
        let mut accounts = Vec::with_capacity(names.len());
        for name in names {
            accounts.push(Account::register(server, name).await);
        }
        accounts
    }

    /// Registers Ada, who is the administrator of the server, Bob and Carol.
    pub async fn register_three(server: &Server) -> (Account, Account, Account) {
        (
            Account::register(server, "ada").await,
            Account::register(server, "bob").await,
            Account::register(server, "carol").await,
        )
    }
}

impl Server {
    /// Adds `count` members to the first room and logs them in. Restarts the server.
    pub async fn register_many(&mut self, count: usize) -> Vec<Account> {
        self.stop();
        let mut conn = connect(&self.data());
        let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
        // No two of these letters look alike.
        let letter = |number: usize| char::from(b'a' + (number % 8) as u8);
        let name = |number: usize| [number / 64, number / 8, number].map(letter);
        let names: Vec<String> = (0..count)
            .map(|number| format!("crowd{}", String::from_iter(name(number))))
            .collect();
        for name in &names {
            let (key, lookalike) = (chatterbox::accounts::fold(name), name.to_uppercase());
            conn.batch_execute(&format!(
                "INSERT INTO users (username, username_key, username_look, password_hash, created_at)
                 VALUES ('{name}', '{key}', '{lookalike}', '{hash}', 1);
                 INSERT INTO members (room_id, user_id, joined_at) VALUES (1, last_insert_rowid(), 1);"
            ))
            .expect("a user");
        }
        drop(conn);
        self.start_again();
        let mut people = Vec::with_capacity(count);
        for name in &names {
            people.push(Account::log_in(self, name).await);
        }
        people
    }
}
